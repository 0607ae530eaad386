"""The companion system: study_companion.md's tables, the nudges that learners get, and the numbers they see."""
