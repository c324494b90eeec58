/// Events ordered by their time; events of one time keep the order in which they were added. A binary heap.
struct EventQueue<Event> {
    // The events stay in place; only three words move in the heap.
    private struct Entry {
        let time: UInt64
        let sequence: UInt64
        let slot: Int

        func precedes(_ other: Entry) -> Bool {
            time < other.time || time == other.time && sequence < other.sequence
        }
    }

    private var heap: [Entry] = []
    private var events: [Event?] = []
    private var freeSlots: [Int] = []
    private var sequence: UInt64 = 0

    /// The number of waiting events.
    var count: Int { heap.count }

    /// Adds an event.
    mutating func push(_ event: Event, at time: UInt64) {
        sequence += 1
        var child = heap.count
        heap.append(Entry(time: time, sequence: sequence, slot: keep(event)))
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child].precedes(heap[parent]) else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    /// Removes and gives the next event, with its time.
    mutating func pop() -> (time: UInt64, event: Event)? {
        guard let first = heap.first, let event = events[first.slot].take() else { return nil }
        freeSlots.append(first.slot)
        let last = heap.removeLast()
        guard !heap.isEmpty else { return (first.time, event) }
        heap[0] = last
        var parent = 0
        while true {
            var least = parent
            for child in 2 * parent + 1..<2 * parent + 3 where child < heap.count {
                if heap[child].precedes(heap[least]) { least = child }
            }
            guard least != parent else { break }
            heap.swapAt(parent, least)
            parent = least
        }
        return (first.time, event)
    }

    private mutating func keep(_ event: Event) -> Int {
        guard let slot = freeSlots.popLast() else {
            events.append(event)
            return events.count - 1
        }
        events[slot] = event
        return slot
    }
}
