import Channels
import Sun4v

/// The answers that a guest may not have yet, in order of request.
///
/// They are few, and mostly come and go in that order: a list serves without hashing, and dropping
/// those that the guest has touches no other.
struct KeptAnswers: Hashable, Sendable {
  private struct Entry: Hashable, Sendable {
    let request: RequestID
    var body: DVMAMessage.Body
  }

  private var entries: [Entry] = []

  /// The answer to a request; `nil` where none is kept.
  subscript(request: RequestID) -> DVMAMessage.Body? {
    get {
      let place = place(of: request)
      return has(request, at: place) ? entries[place].body : nil
    }
    set {
      let place = place(of: request)
      switch (has(request, at: place), newValue) {
      case (true, let body?): entries[place].body = body
      case (true, nil): entries.remove(at: place)
      case (false, let body?):
        let entry = Entry(request: request, body: body)
        if place == entries.count {
          entries.append(entry)
        } else {
          entries.insert(entry, at: place)
        }
      case (false, nil): break
      }
    }
  }

  /// Drops the answers to every request below one.
  mutating func drop(below request: RequestID) {
    let count = place(of: request)
    if count == entries.count {
      entries.empty()
    } else {
      entries.removeFirst(count)
    }
  }

  /// Keeps the answers to the requests that meet a condition.
  mutating func keep(where condition: (RequestID) -> Bool) {
    entries.removeAll { !condition($0.request) }
  }

  private func has(_ request: RequestID, at place: Int) -> Bool {
    place < entries.count && entries[place].request == request
  }

  /// The place of the first answer to a request that is not below one.
  private func place(of request: RequestID) -> Int {
    entries.partitioningIndex { $0.request >= request }
  }
}
