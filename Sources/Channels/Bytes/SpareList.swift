/// An empty list that keeps its memory between two uses, inside a value that is compared.
///
/// What passes from one layer to the next is a list; a fresh one for every packet would ask the system
/// for memory as often. A spare list is no part of a state: any two are equal.
public struct SpareList<Element: Sendable>: Hashable, Sendable {
  @usableFromInline var spare: [Element] = []

  /// Makes a spare list without memory.
  public init() {}

  /// Hands out an empty list; whoever asks meanwhile gets one without memory.
  @inlinable
  public mutating func take() -> [Element] {
    var list: [Element] = []
    swap(&spare, &list)
    return list
  }

  /// Empties a list and keeps its memory.
  @inlinable
  public mutating func keep(_ list: inout [Element]) {
    list.removeAll(keepingCapacity: true)
    swap(&spare, &list)
  }

  /// Always true.
  public static func == (a: Self, b: Self) -> Bool { true }
  /// Feeds nothing, in accordance with equality.
  public func hash(into hasher: inout Hasher) {}
}
