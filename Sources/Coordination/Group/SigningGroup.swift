package import Primitives

/// The reason for which a seat list is refused as a signing group.
package enum SigningGroupFailure: Error, Hashable, Sendable {
    /// The list is empty.
    case noSeats
    /// There are more seats than the protocol allows (threshold-signing.md §10.7).
    case tooManySeats(Int)
    /// The threshold is not between 1 and the number of seats.
    case threshold(Int, seats: Int)
}

/// The operators that hold a wallet together: its seats in order, and its threshold (coordination.md §1).
///
/// The seat list is read once, at the wallet's settled registration, and never changes.
package struct SigningGroup: Hashable, Sendable {
    /// The largest number of seats a wallet can have.
    package static let maximumSeats = 255

    /// The wallet's name.
    package let wallet: WalletPublicKeyHash
    /// The operator of each seat; seat 1 first.
    package let seats: [EthereumAddress]
    /// The number of seats needed to sign.
    package let threshold: Int
    /// The distinct operators, ascending by address: the input of every election.
    package let operators: [EthereumAddress]

    private let seatsByOperator: [EthereumAddress: [SeatNumber]]

    /// Checks the seat list and sorts its operators once, so that elections need not sort.
    ///
    /// - Throws: ``SigningGroupFailure`` for an empty list, too many seats, or a threshold outside 1 to the number of
    ///   seats.
    package init(
        wallet: WalletPublicKeyHash, seats: [EthereumAddress], threshold: Int
    ) throws(SigningGroupFailure) {
        guard !seats.isEmpty else { throw .noSeats }
        guard seats.count <= Self.maximumSeats else { throw .tooManySeats(seats.count) }
        guard (1...seats.count).contains(threshold) else { throw .threshold(threshold, seats: seats.count) }
        self.wallet = wallet
        self.seats = seats
        self.threshold = threshold
        var held: [EthereumAddress: [SeatNumber]] = [:]
        for (index, address) in seats.enumerated() { held[address, default: []].append(SeatNumber(UInt16(index + 1))) }
        seatsByOperator = held
        operators = held.keys.sorted()
    }

    /// The operator of a seat; nil if there is no such seat.
    package func `operator`(of seat: SeatNumber) -> EthereumAddress? {
        let index = Int(seat.rawValue) - 1
        return seats.indices.contains(index) ? seats[index] : nil
    }

    /// The seats of an operator, ascending; empty for an address without a seat.
    package func seats(of address: EthereumAddress) -> [SeatNumber] { seatsByOperator[address] ?? [] }

    /// The seat through which an operator sends (coordination.md §4); nil for an address without a seat.
    package func lowestSeat(of address: EthereumAddress) -> SeatNumber? { seatsByOperator[address]?.first }

    /// The number of seats that these operators hold together. Addresses without a seat and repeated addresses add
    /// nothing.
    package func seatCount(of operators: some Sequence<EthereumAddress>) -> Int {
        Set(operators).reduce(0) { $0 + seats(of: $1).count }
    }

    /// The number of seats that must accept one digest (`agreementSeats`, coordination.md §2).
    ///
    /// It is `t` if the wallet's main UTXO orders all spends or the action spends nothing. It is `n - floor((t-1)/2)`
    /// for a Bitcoin action built without a main UTXO, because two such actions could both confirm.
    package func agreementSeats(withoutMainUTXO: Bool) -> Int {
        withoutMainUTXO ? seats.count - (threshold - 1) / 2 : threshold
    }
}
