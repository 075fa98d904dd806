/// What has to happen next for a request.
public enum AllocationStep: Hashable, Sendable {
  /// The range was allocated at the page.
  case placed(start: Int)
  /// A custom policy has to choose among the free runs, and answer with
  /// ``DVAAllocator/place(_:at:)``.
  case choose(from: [PageRun])
}
