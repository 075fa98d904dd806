import Hypervisor
import MachineDescription
import Sun4v

extension RootComplexDescription {
  /// Describes a root complex that a script asked for: its window and ranges, all else as on the
  /// OpenSPARC T2.
  init(
    _ configuration: RootComplexConfiguration, model: MachineModel, window: WindowGeometry,
    ranges: [Range<RealAddress>]
  ) {
    self.init(
      handle: configuration.handle, window: Range(base: window.base, size: window.size),
      addressRanges: ranges)
    guard model == .atu else { return }
    if configuration.addressRanges.count == 4 {
      iommuAddressRanges = configuration.addressRanges.map {
        Range(base: $0.base, size: $0.size)
      }
    }
    iommuPageSizes = configuration.pageSizes.reduce(0) { $0 | 1 << UInt64($1.code) }
  }
}
