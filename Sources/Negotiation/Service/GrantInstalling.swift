import Hypervisor
import Sun4v

/// How the control domain tells the hypervisor which entries of a window belong to whom.
///
/// The agent asks through this and nothing else; tests put a table of their own in its place.
public protocol GrantInstalling {
  /// Gives entries of a root complex to the domain at the far end of a channel.
  func install(
    _ handle: DeviceHandle, channel: ChannelID, index: UInt64, pages: UInt64
  ) -> HypervisorStatus
  /// Takes entries back; the hypervisor removes what is mapped there first.
  func remove(_ handle: DeviceHandle, index: UInt64, pages: UInt64) -> HypervisorStatus
}
