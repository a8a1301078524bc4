//! Exceptions: accepted deviations with an approver and an end.
