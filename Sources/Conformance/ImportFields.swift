import Hypervisor
import Sun4v

/// How the vectors write what a domain has mapped in.
extension VectorFields {
  /// A region for imported pages, with the pages that a list of objects names.
  func importRegion(pages key: String, free: [Int]) throws -> ImportRegion {
    let used = try objects(key).map { slot -> (slot: Int, page: ImportedPage) in
      guard let pageSize = PageSize(code: try slot.number("page_size_code")) else {
        throw VectorError("\(slot.path).page_size_code: codes are 0 to 7")
      }
      let page = ImportedPage(
        physical: PhysicalAddress(try slot.number("pa")), pageSize: pageSize,
        rights: SharedPageRights(rawValue: try slot.number("perms")))
      return (Int(truncatingIfNeeded: try slot.number("slot")), page)
    }
    return ImportRegion(
      base: RealAddress(try number("base")), size: try number("size"), free: free, used: used)
  }
}
