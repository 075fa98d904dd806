/// Rules of the graph. Source: FWARC 2005/115 md-info and md-bindings.
extension LintRule {
  static let rootRepeated = LintRule(
    "root-repeated", .error, "There is exactly one node of type root.")
  static let arcName = LintRule(
    "arc-name", .warning, "Arcs are named fwd or back; readers ignore others.")
  static let backMissing = LintRule(
    "back-missing", .warning, "Every fwd arc has a back arc as its inverse.")
  static let forwardMissing = LintRule(
    "forward-missing", .warning, "Every back arc is the inverse of a fwd arc.")
  static let cycle = LintRule("cycle", .error, "No path of fwd arcs leads back to where it began.")
  static let unreachable = LintRule(
    "unreachable", .warning, "Every node can be reached from the root by fwd arcs.")
  static let propertyRepeated = LintRule(
    "property-repeated", .warning,
    "A node has one value of a name; readers see the first.")
  static let customaryProperty = LintRule(
    "customary-property", .warning,
    "A property that its binding requires is there; shipped descriptions leave some out.")
  static let contentVersionMissing = LintRule(
    "content-version-missing", .warning, "The root has a content-version (md-bindings 5.5.1).")
  static let contentVersionKind = LintRule(
    "content-version-kind", .error,
    "content-version is a string for a domain and a number for the hypervisor.")
  static let contentVersionValue = LintRule(
    "content-version-value", .warning, "A domain's content-version is 1; real ones say 1.0.")
  static let generationKind = LintRule(
    "generation-kind", .error, "md-generation# is a number.")

  /// The rules of the graph and of its root.
  static let graphShape: [LintRule] = [
    rootRepeated, arcName, backMissing, forwardMissing, cycle, unreachable, propertyRepeated,
    customaryProperty, contentVersionMissing, contentVersionKind, contentVersionValue,
    generationKind,
  ]
}

extension LintPass {
  mutating func checkGraph() {
    for extra in nodes("root").dropFirst() {
      report(.rootRepeated, extra, place: nil, "a second root; there is exactly one")
    }
    checkArcs()
    checkCycles()
    checkReachability()
    for view in graph.views {
      var seen: Set<String> = []
      for (place, property) in view.properties.enumerated() where property.value.target == nil {
        if !seen.insert(property.name).inserted {
          report(
            .propertyRepeated, view, place: place,
            "\(property.name) stands in the node more than once; readers see the first")
        }
      }
    }
    checkRoot()
  }

  private mutating func checkArcs() {
    struct Arc: Hashable {
      let from: Int
      let to: Int
    }
    func arcs(_ name: String) -> Set<Arc> {
      var found: Set<Arc> = []
      for view in graph.views {
        for property in view.properties where property.name == name {
          if let target = property.value.target {
            found.insert(Arc(from: view.id.position, to: target.position))
          }
        }
      }
      return found
    }
    let forward = arcs("fwd")
    let back = arcs("back")
    for view in graph.views {
      for (place, property) in view.properties.enumerated() {
        guard let target = property.value.target, let other = graph.view(target) else { continue }
        let inverse = Arc(from: target.position, to: view.id.position)
        switch property.name {
        case "fwd" where !back.contains(inverse):
          report(
            .backMissing, view, place: place, "\(name(of: other)) has no back arc to this node")
        case "back" where !forward.contains(inverse):
          report(
            .forwardMissing, view, place: place, "\(name(of: other)) has no fwd arc to this node")
        case "fwd", "back": break
        default:
          report(
            .arcName, view, place: place,
            "the arc is named \(property.name); readers follow fwd and back only")
        }
      }
    }
  }

  private func forwardTargets(_ position: Int) -> [(place: Int, target: Int)] {
    graph.nodes[position].properties.enumerated().compactMap { place, property in
      guard property.name == "fwd", let target = property.value.target else { return nil }
      return (place, target.position)
    }
  }

  /// Walks the fwd arcs in depth without recursion; an arc to a node still open closes a cycle.
  private mutating func checkCycles() {
    enum Mark { case unseen, open, done }
    var marks = [Mark](repeating: .unseen, count: graph.nodes.count)
    for start in graph.nodes.indices where marks[start] == .unseen {
      var path: [(node: Int, targets: [(place: Int, target: Int)], next: Int)] = []
      path.append((start, forwardTargets(start), 0))
      marks[start] = .open
      while let top = path.last {
        guard top.next < top.targets.count else {
          marks[top.node] = .done
          path.removeLast()
          continue
        }
        path[path.count - 1].next += 1
        let (place, target) = top.targets[top.next]
        switch marks[target] {
        case .unseen:
          marks[target] = .open
          path.append((target, forwardTargets(target), 0))
        case .open:
          if let view = graph.view(.init(top.node)), let other = graph.view(.init(target)) {
            report(
              .cycle, view, place: place,
              "the arc leads back to \(name(of: other)), from which fwd arcs lead here")
          }
        case .done: break
        }
      }
    }
  }

  private mutating func checkReachability() {
    var reached = [Bool](repeating: false, count: graph.nodes.count)
    var waiting = graph.root.map { [$0.id.position] } ?? []
    for position in waiting { reached[position] = true }
    while let position = waiting.popLast() {
      for (_, target) in forwardTargets(position) where !reached[target] {
        reached[target] = true
        waiting.append(target)
      }
    }
    for view in graph.views where !reached[view.id.position] {
      report(.unreachable, view, place: nil, "no fwd arcs lead from the root to this node")
    }
  }

  private mutating func checkRoot() {
    guard let root = graph.root else { return }
    if let generation = root["md-generation#"], generation.integer == nil {
      report(
        .generationKind, root, "md-generation#",
        "md-generation# is \(generation.kindName); it must be a number")
    }
    guard let version = root["content-version"] else {
      report(.contentVersionMissing, root, place: nil, "the root has no content-version")
      return
    }
    switch (version, isForHypervisor) {
    case (.integer, true): break
    case (.string(let text), false):
      if text != "1", text != "1.0" {
        report(
          .contentVersionValue, root, "content-version",
          "content-version is \"\(text)\"; \"1\" is specified and \"1.0\" in use")
      }
    default:
      report(
        .contentVersionKind, root, "content-version",
        "content-version is \(version.kindName); it must be "
          + (isForHypervisor ? "a number for the hypervisor" : "a string for a domain"))
    }
  }
}
