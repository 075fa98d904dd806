import Hypervisor
import Sun4v

/// Installs and removes grants by the calls `dvma_grant` and `dvma_revoke`, as the control domain.
public struct HypercallGrants: GrantInstalling {
  private let port: DomainPort

  /// Makes the calls of a domain through its port.
  public init(_ port: DomainPort) { self.port = port }

  /// Gives entries of a root complex to the domain at the far end of a channel.
  public func install(
    _ handle: DeviceHandle, channel: ChannelID, index: UInt64, pages: UInt64
  ) -> HypervisorStatus {
    port.fastTrap(
      HypercallNumber.dvmaGrant, handle.rawValue, index, pages, channel.rawValue
    ).status
  }

  /// Takes entries back; the hypervisor removes what is mapped there first.
  public func remove(_ handle: DeviceHandle, index: UInt64, pages: UInt64) -> HypervisorStatus {
    port.fastTrap(HypercallNumber.dvmaRevoke, handle.rawValue, index, pages).status
  }
}
