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
    list.empty()
    swap(&spare, &list)
  }

  /// Always true.
  public static func == (a: Self, b: Self) -> Bool { true }
  /// Feeds nothing, in accordance with equality.
  public func hash(into hasher: inout Hasher) {}
}

extension Array {
  /// Takes out all elements, one after the other, and keeps the memory.
  ///
  /// For lists that seldom have more than a few: `removeAll(keepingCapacity:)` is a general replacement
  /// and costs ten times as much there.
  @inlinable package mutating func empty() {
    while popLast() != nil {}
  }

  /// Takes out all elements in order, hands each over, and keeps the memory.
  ///
  /// What is handed over is moved: to go through a list and empty it afterwards copies every element first.
  @inlinable package mutating func drain(_ body: (Element) -> Void) {
    if count > 1 { reverse() }
    while let element = popLast() { body(element) }
  }
}
