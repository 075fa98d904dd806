public import CLua

/// Plain data that scripts hold as an object, such as the number of a thing and what it was at first.
///
/// The data lies in Lua's own memory, beside a reference to the object that it belongs to. That object
/// lives at least as long; when it is closed, its plain objects are closed too. Each one that is given to
/// Lua is a value of its own there, so what `==` and table keys are to know has to be given once only.
///
///     struct Mapping: LuaPlainObject {
///       static let luaName = "mapping"
///       let owner: Domain
///       let data: MappingRecord
///       var isLive: Bool { owner.isLive(data.number) }
///     }
public protocol LuaPlainObject: LuaBound {
  /// The class of what it belongs to.
  associatedtype Owner: LuaObject
  /// What it is made of: at most 256 bytes.
  associatedtype Data: BitwiseCopyable

  /// What it belongs to.
  var owner: Owner { get }
  /// What it is made of.
  var data: Data { get }
  /// Puts it together.
  init(owner: Owner, data: Data)
}

extension LuaPlainObject {
  /// The data and its owner.
  public static var luaStorage: LuaStorage {
    LuaStorage(
      owner: ObjectIdentifier(Owner.self), size: MemoryLayout<Data>.size,
      alignment: MemoryLayout<Data>.alignment
    ) { at($0) }
  }

  /// What lies at a place that C gives: the owner's address, then the data.
  @inlinable @inline(__always)
  static func at(_ place: UnsafeRawPointer) -> Self {
    Self(
      owner: place.load(as: Unmanaged<Owner>.self).takeUnretainedValue(), data: data(at: place))
  }

  @inlinable @inline(__always)
  static func data(at place: UnsafeRawPointer) -> Data {
    place.load(fromByteOffset: MemoryLayout<clua_plain>.stride, as: Data.self)
  }

  /// Runs a body with the object; C keeps its owner alive until the call is over.
  @inlinable @inline(__always)
  public static func borrow<Value>(
    at place: UnsafeMutableRawPointer, _ body: (Self) -> Value
  ) -> Value {
    place.load(as: Unmanaged<Owner>.self)._withUnsafeGuaranteedRef { owner in
      body(Self(owner: owner, data: data(at: place)))
    }
  }

  /// The object that C found to be of this type.
  @inlinable
  public static func load(_ value: UnsafePointer<clua_value>, _ host: OpaquePointer) -> Self {
    at(value.pointee.object)
  }

  /// Gives Lua the data and a reference to the owner.
  public func encode(into encoder: LuaEncoder) {
    guard let index = encoder.host.typeIndices[ObjectIdentifier(Self.self)] else {
      return clua_put_nil(encoder.pointer)
    }
    withUnsafeBytes(of: data) { bytes in
      clua_put_plain(
        encoder.pointer, index, Unmanaged.passRetained(owner).toOpaque(), bytes.baseAddress)
    }
  }

  /// Gives Lua the data and a reference to the owner, which costs nothing where that was called.
  @inlinable
  public func write(to frame: UnsafeMutablePointer<clua_frame>) {
    Self.write(data, to: frame)
    let owner = Unmanaged.passUnretained(owner)
    if owner.toOpaque() != frame.pointee.receiver {
      frame.pointee.result.object = owner.retain().toOpaque()
    }
  }

  /// Gives Lua the data; what was called is the owner.
  @inlinable @inline(__always)
  static func write(_ data: Data, to frame: UnsafeMutablePointer<clua_frame>) {
    guard let index = frame.typeIndex(of: Self.self) else { return }
    frame.pointee.plain.assumingMemoryBound(to: Data.self).initialize(to: data)
    frame.pointee.result.kind = UInt8(truncatingIfNeeded: CLUA_PLAIN)
    frame.pointee.result.type = index
    frame.pointee.result.object = nil
  }
}
