/// The version of dvmash.
public enum DVMashVersion {
  /// As `--version` prints it.
  public static let text = "0.1.0"
}
