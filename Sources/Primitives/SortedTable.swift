/// Values by their keys, in the order of the keys. It is meant for a few entries that a machine often visits all in
/// order. A look-up compares keys and does not hash.
@usableFromInline
package struct SortedTable<Key: Comparable & Hashable & Sendable, Value> {
    /// The keys, ascending.
    @usableFromInline package internal(set) var keys: [Key] = []
    // By index of the key; nil only while a value is being changed.
    @usableFromInline var slots: [Value?] = []

    /// Starts empty.
    @inlinable
    package init() {}

    /// Takes a dictionary's entries.
    @inlinable
    package init(_ entries: [Key: Value]) {
        for key in entries.keys.sorted() {
            keys.append(key)
            slots.append(entries[key])
        }
    }

    /// The values in the order of their keys.
    @inlinable
    package var values: some Sequence<Value> { slots.lazy.compactMap(\.self) }

    /// The number of entries.
    @inlinable
    package var count: Int { keys.count }

    /// The first index whose key is not below this one.
    @inlinable
    func place(of key: Key) -> Int {
        var (low, high) = (0, keys.count)
        while low < high {
            let middle = (low + high) / 2
            if keys[middle] < key { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The value of a key; setting nil removes the entry.
    @inlinable
    package subscript(key: Key) -> Value? {
        get {
            let place = place(of: key)
            return place < keys.count && keys[place] == key ? slots[place] : nil
        }
        _modify {
            let place = place(of: key)
            let isHeld = place < keys.count && keys[place] == key
            var value: Value?
            if isHeld { swap(&value, &slots[place]) }
            defer {
                switch (isHeld, value != nil) {
                case (true, true): swap(&value, &slots[place])
                case (true, false):
                    keys.remove(at: place)
                    slots.remove(at: place)
                case (false, true):
                    keys.insert(key, at: place)
                    slots.insert(value, at: place)
                case (false, false): break
                }
            }
            yield &value
        }
    }

    /// The value of a key; where it has none, this value is stored and given.
    @inlinable
    package subscript(key: Key, default value: @autoclosure () -> Value) -> Value {
        get { self[key] ?? value() }
        _modify {
            var held = self[key].take() ?? value()
            defer { self[key] = held }
            yield &held
        }
    }

    /// Whether the key has a value.
    @inlinable
    package func contains(_ key: Key) -> Bool {
        let place = place(of: key)
        return place < keys.count && keys[place] == key
    }

    /// Keeps the entries whose key satisfies the condition.
    @inlinable
    package mutating func keep(_ isKept: (Key) -> Bool) {
        for place in keys.indices.reversed() where !isKept(keys[place]) {
            keys.remove(at: place)
            slots.remove(at: place)
        }
    }
}

extension SortedTable: Sendable where Value: Sendable {}
