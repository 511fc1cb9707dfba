"""The page of tracking plans: what events must look like, and which of those in the sandbox do not."""
