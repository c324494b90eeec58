/// The stage at which a rule runs.
enum RuleStage: Hashable, Sendable {
    /// A proposal is checked, at the coordination block (wallet-actions.md §9).
    case proposal
    /// An agreed action is about to be signed, at the window's end block (wallet-actions.md §10).
    case execution
}
