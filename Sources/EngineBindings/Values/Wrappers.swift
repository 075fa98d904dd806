/// The one wrapper of each thing, as long as somebody uses it.
///
/// A wrapper keeps what it belongs to alive, and not the other way round, so that a machine goes when
/// the last of its objects does. Each wrapper takes itself out when it goes: cheaper to look at on every
/// call than a weak reference.
struct Wrappers<Key: Hashable, Object: AnyObject> {
  private var known: [Key: Unmanaged<Object>] = [:]

  /// The wrapper of a key, made where there is none; its `deinit` has to call `forget`.
  mutating func find(_ key: Key, orMake make: () -> Object) -> Object {
    if let found = known[key] { return found.takeUnretainedValue() }
    let made = make()
    known[key] = .passUnretained(made)
    return made
  }

  /// Takes a wrapper out that is going.
  mutating func forget(_ key: Key) { known[key] = nil }
}

/// Remembers an object without keeping it alive.
struct WeakReference<Object: AnyObject> {
  weak var object: Object?
  init(_ object: Object) { self.object = object }
}
