import Foundation

/// Where the tests find files: the checkout itself, and the shared reference material beside it.
public enum Repository {
  /// The root of the checkout.
  public static let root: URL = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// The folder with reference data beside the checkout; a user's clone does not have it.
  public static let shared: URL = root.deletingLastPathComponent().appending(path: "shared")

  /// Whether the reference data is there; tests of it are skipped where it is not.
  public static let hasShared: Bool =
    FileManager.default.fileExists(atPath: shared.appending(path: "conformance").path)

  /// Why a test that needs the reference data is skipped.
  public static let sharedMissing = "the reference data beside the checkout is absent"
}
