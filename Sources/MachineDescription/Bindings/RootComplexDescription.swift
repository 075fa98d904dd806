import Sun4v

/// A PCIe root complex as a domain's machine description tells of it (`iodevice`, type `pciex`).
///
/// Source: FWARC 2007/070, 2008/270, 2009/213; UltraSPARC Virtual Machine Specification, 8.25.
public struct RootComplexDescription: Hashable, Sendable {
  /// A range of addresses of one kind.
  public struct Range<Base: Address>: Hashable, Sendable {
    /// The first address.
    public var base: Base
    /// The length in bytes.
    public var size: UInt64
    /// Makes a range.
    public init(base: Base, size: UInt64) {
      self.base = base
      self.size = size
    }
  }

  /// One group of `ranges`: a window of the child bus and the real addresses it stands for.
  public struct ChildRange: Hashable, Sendable {
    /// The child's address, high, middle and low 32 bits.
    public var child: [UInt32]
    /// The real address at which the window starts.
    public var parent: RealAddress
    /// The length in bytes.
    public var size: UInt64
    /// Makes a group; `child` has three words.
    public init(child: [UInt32], parent: RealAddress, size: UInt64) {
      self.child = child
      self.parent = parent
      self.size = size
    }
  }

  /// Which syncs a driver must ask for, property `dma-sync-options`; read and write as the device sees.
  public struct SyncOptions: OptionSet, Hashable, Sendable {
    /// The bits as stored.
    public let rawValue: UInt64
    /// Makes options of their bits.
    public init(rawValue: UInt64) { self.rawValue = rawValue }
    /// Before the device reads.
    public static let beforeRead = SyncOptions(rawValue: 1)
    /// After the device has read.
    public static let afterRead = SyncOptions(rawValue: 2)
    /// Before the device writes.
    public static let beforeWrite = SyncOptions(rawValue: 4)
    /// After the device has written.
    public static let afterWrite = SyncOptions(rawValue: 8)
    /// All four, what the absence of the property means.
    public static let all: SyncOptions = [.beforeRead, .afterRead, .beforeWrite, .afterWrite]
  }

  /// Message-signalled interrupts of the bus.
  public struct MessageInterrupts: Hashable, Sendable {
    /// MSIs of the bus (`#msi`).
    public var count: UInt64
    /// The bits of a message's data that tell the MSI (`msi-data-mask`).
    public var dataMask: UInt64
    /// The bits of an MSI-X message's data (`msix-data-width`).
    public var extendedDataWidth: UInt64
    /// The windows that messages are written to, 32-bit then 64-bit (`msi-address-ranges`).
    public var windows: [Range<DVMAAddress>]
    /// First MSI and count of each run of MSIs (`msi-ranges`).
    public var runs: [Run]
    /// Event queues (`#msi-eqs`).
    public var queueCount: UInt64
    /// Records per event queue (`msi-eq-size`).
    public var queueSize: UInt64
    /// Which device interrupt each event queue raises (`msi-eq-to-devino`).
    public var queueInterrupts: [QueueInterrupts]

    /// A run of MSIs.
    public struct Run: Hashable, Sendable {
      /// The first MSI.
      public var first: UInt64
      /// How many there are.
      public var count: UInt64
      /// Makes a run.
      public init(first: UInt64, count: UInt64) {
        self.first = first
        self.count = count
      }
    }

    /// A run of event queues and the device interrupts they raise, one each.
    public struct QueueInterrupts: Hashable, Sendable {
      /// The first queue.
      public var firstQueue: UInt64
      /// How many queues there are.
      public var count: UInt64
      /// The device interrupt of the first queue.
      public var firstInterrupt: UInt64
      /// Makes a run.
      public init(firstQueue: UInt64, count: UInt64, firstInterrupt: UInt64) {
        self.firstQueue = firstQueue
        self.count = count
        self.firstInterrupt = firstInterrupt
      }
    }

    /// Makes message-signalled interrupts; without arguments, those of the OpenSPARC T2's bus.
    public init(
      count: UInt64 = 256, dataMask: UInt64 = 0xff, extendedDataWidth: UInt64 = 32,
      windows: [Range<DVMAAddress>] = [
        .init(base: DVMAAddress(0x7fff_0000), size: 0x10000),
        .init(base: DVMAAddress(0x3_ffff_0000), size: 0x10000),
      ], runs: [Run] = [.init(first: 0, count: 256)], queueCount: UInt64 = 36,
      queueSize: UInt64 = 128,
      queueInterrupts: [QueueInterrupts] = [.init(firstQueue: 0, count: 36, firstInterrupt: 24)]
    ) {
      self.count = count
      self.dataMask = dataMask
      self.extendedDataWidth = extendedDataWidth
      self.windows = windows
      self.runs = runs
      self.queueCount = queueCount
      self.queueSize = queueSize
      self.queueInterrupts = queueInterrupts
    }
  }

  /// The device's name, `pci` (`name`).
  public var name: String
  /// The handle by which the domain names the bus in hypercalls (`cfg-handle`).
  public var handle: DeviceHandle
  /// The names of bindings that the bus meets (`compatible`).
  public var compatible: [String]
  /// The bus addresses that the IOMMU translates (`virtual-dma`).
  public var window: Range<DVMAAddress>
  /// Real addresses of the I/O, 32-bit and 64-bit memory windows (`address-ranges`, older form).
  public var addressRanges: [Range<RealAddress>]
  /// The windows of the bus (`ranges`).
  public var childRanges: [ChildRange]
  /// The bus numbers below the root complex (`bus-ranges`).
  public var buses: ClosedRange<UInt8>
  /// The device interrupts that tell of errors (`interrupts`).
  public var interrupts: [UInt64]
  /// Message-signalled interrupts, where the bus has them.
  public var messageInterrupts: MessageInterrupts?
  /// Which syncs are needed; `nil` where the description does not say, and then all are.
  public var syncOptions: SyncOptions?
  /// The ranges of a 64-bit IOMMU: two of 32-bit space, then two of 64-bit space (`iommu-address-ranges`).
  public var iommuAddressRanges: [Range<DVMAAddress>]
  /// Bit n set: a 64-bit IOMMU has the page size of code n (`iommu-pagesizes`).
  public var iommuPageSizes: UInt64?

  /// Makes a root complex; what is left out is as on the OpenSPARC T2.
  public init(
    name: String = "pci", handle: DeviceHandle, compatible: [String] = ["SUNW,sun4v-pci"],
    window: Range<DVMAAddress> = .init(base: DVMAAddress(0x8000_0000), size: 0x8000_0000),
    addressRanges: [Range<RealAddress>] = [
      .init(base: RealAddress(0xc8_1000_0000), size: 0x1000_0000),
      .init(base: RealAddress(0xca_0000_0000), size: 0x7fff_0000),
      .init(base: RealAddress(0xcc_0000_0000), size: 0x3_ffff_0000),
    ], childRanges: [ChildRange] = [], buses: ClosedRange<UInt8> = 0...255,
    interrupts: [UInt64] = [63, 62], messageInterrupts: MessageInterrupts? = .init(),
    syncOptions: SyncOptions? = nil, iommuAddressRanges: [Range<DVMAAddress>] = [],
    iommuPageSizes: UInt64? = nil
  ) {
    self.name = name
    self.handle = handle
    self.compatible = compatible
    self.window = window
    self.addressRanges = addressRanges
    self.childRanges = childRanges
    self.buses = buses
    self.interrupts = interrupts
    self.messageInterrupts = messageInterrupts
    self.syncOptions = syncOptions
    self.iommuAddressRanges = iommuAddressRanges
    self.iommuPageSizes = iommuPageSizes
  }
}
