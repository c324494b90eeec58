/// Accepts values that begin with a dash: `--block -900` is a wrong number, not a missing one.
enum ArgumentRepair {
    /// Joins an option and a following negative number into one word, which the parser takes as an option with its
    /// value.
    static func repaired(_ arguments: [String]) -> [String] {
        var repaired: [String] = []
        for argument in arguments {
            if let last = repaired.last, last.hasPrefix("--"), !last.contains("="), isNegativeNumber(argument) {
                repaired[repaired.count - 1] = "\(last)=\(argument)"
            } else {
                repaired.append(argument)
            }
        }
        return repaired
    }

    private static func isNegativeNumber(_ text: String) -> Bool {
        text.hasPrefix("-") && text.dropFirst().first?.isNumber == true
    }
}
