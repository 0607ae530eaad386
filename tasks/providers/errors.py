"""What can go wrong outside: one small tree, so that a stage decides by class and an operator reads one line.

ProviderFailure
    ProviderError      a fault that may pass: another try is worth it
    ProviderBusy       asked to come back later, and when
    ProviderRefused    will not be done, however often it is asked
    BadAnswer          answered, but with rubbish
    ScriptRejected     a script that does not obey the rules of acceptance
    FigureUnreadable   a figure that is no picture
    MissingExtra       the packages for this adapter are not installed
    StorageError       the store did not do it
        MissingObjectError  there is nothing under that key
    MailRefused        this letter will never be taken
    MailTryLater       the letter was not taken, and may be offered again
        MailServerTrouble   nobody's letter is taken now: the server, or what we say of ourselves, is at fault
            MailBlocked     said only once the server knew whom the letter is for: a block list, a quota, a rate
    MailUnknown        the server may or may not have taken the letter
"""

from __future__ import annotations


class ProviderFailure(Exception):  # noqa: N818 - ProviderError is the narrower word, for what may pass
    """Something outside did not work; every error of the providers is one."""


class ProviderError(ProviderFailure):
    """A fault that may pass by itself (no connection, no answer in time, a 5xx): worth a retry."""


class ProviderBusy(ProviderFailure):
    """The provider asked to be left alone for `retry_after` seconds (1 to 3,600)."""

    def __init__(self, message: str, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class ProviderRefused(ProviderFailure):
    """The provider will not do it (wrong key, wrong address, content policy): asking again does not help."""


class BadAnswer(ProviderFailure):
    """The provider answered, but with something unusable (HTML, half a JSON, another schema, far too much)."""


class ScriptRejected(ProviderFailure):
    """A script breaks a rule of acceptance; `unsafe` marks the rule that no second attempt may get around."""

    def __init__(self, reason: str, *, unsafe: bool = False) -> None:
        super().__init__(reason)
        self.unsafe = unsafe


class FigureUnreadable(ProviderFailure):
    """A figure cannot be read as a picture; the message names it. Permanent: the file itself has to be replaced."""


class MissingExtra(ProviderFailure):
    """An adapter needs packages of an extra that is not installed; the message says which, and what mends it."""

    def __init__(self, purpose: str, package: str, extra: str) -> None:
        self.package = package
        self.mend = f"install Bellwork with it: `pip install '.[{extra}]'` in the folder of its sources"
        super().__init__(f"{purpose} needs the package {package!r}, which is not installed; {self.mend}")


class StorageError(ProviderFailure):
    """The object store did not do what it was asked; the message names the key or the setting."""


class MissingObjectError(StorageError):
    """Nothing is stored under this key."""


class MailRefused(ProviderFailure):
    """The letter can never be delivered as it is (bad address, 5xx); it must not be offered again.

    `is_about_recipient`: the server says that nobody has this address, so no other letter to it will be taken either.
    """

    def __init__(self, message: str, *, is_about_recipient: bool = False) -> None:
        super().__init__(message)
        self.is_about_recipient = is_about_recipient


class MailTryLater(ProviderFailure):
    """The letter was certainly not taken (4xx, or no connection before its end): offering it again is safe."""


class MailServerTrouble(MailTryLater):
    """No letter is taken now, whoever it is for: no connection, or a server that refuses our sender or our account."""


class MailBlocked(MailServerTrouble):
    """Our letters are not wanted now (block list, quota, rate, policy), though the one before may have been taken."""


class MailUnknown(ProviderFailure):
    """The answer to the letter's end was lost: it may have been delivered, so it must not be sent again unasked."""
