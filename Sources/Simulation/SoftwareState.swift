import DMA
import Hypervisor
import Negotiation
import Sun4v

/// What runs in one domain.
enum DomainSoftware: Hashable {
  /// The domain is not running.
  case off
  /// The control domain's software.
  case control(ControlDomainSoftware)
  /// A guest's software.
  case guest(GuestDomainSoftware)
}

/// A domain as the machine's owner describes it, before and between boots.
struct DomainPlan: Hashable {
  /// The domain's name.
  let name: String
  /// Its memory in bytes.
  let memory: ByteSize
  /// The most DVA that it may hold by grants, in bytes; `nil` for no limit of its own.
  var quota: ByteSize?
  /// The DVA that is kept for it, in bytes.
  var reservation: ByteSize?
  /// A reserved range that differs from the one the window's description implies.
  var reservedRange: BusAddressRange?
}

/// Everything of a machine outside its hypervisor: what software knows, and what is due when.
struct SoftwareState: Hashable {
  var layout = PhysicalLayout()
  var generator: SeededGenerator
  var isBooted = false
  var plans: [DomainPlan] = []
  var software: [DomainSoftware] = []
  /// The channel between each guest and the control domain: the guest's end, the control end.
  var channels: [DomainID: ChannelPair] = [:]
  /// When the interrupts that wait for a domain are handled.
  var deliveries: [DomainID: VirtualTime] = [:]
  var buffers = ObjectTable<BufferRecord>()
  var mappings = ObjectTable<MappingRecord>()
  var steps: UInt64 = 0
}

/// The two ends of the channel between a guest and the control domain.
struct ChannelPair: Hashable {
  let guest: ChannelID
  let control: ChannelID
}
