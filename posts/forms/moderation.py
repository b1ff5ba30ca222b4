"""The forms of reports, of what moderators do, and of appeals."""

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.stale_forms import StaleFormMixin
from bookshelf.ids import parse_id
from posts.forms.fields import TextField
from posts.models.moderated import Redaction
from posts.models.moderation import MOST_CHARACTERS, Verb
from posts.models.report import MOST_CHARACTERS as MOST_IN_A_REPORT
from posts.models.report import Reason

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

LONGEST_SUSPENSION = timedelta(days=366)

TERMS = [
    ("1", _("One day")),
    ("7", _("One week")),
    ("30", _("One month")),
    ("date", _("Until a date")),
]

PARTS = {
    "title": _("The whole title"),
    "book_author": _("The whole author of the book"),
    "body": _("The whole text"),
    "cover": _("The picture of the cover"),
    "tags": _("All tags"),
    "history": _("All earlier versions"),
}


def _own_words(help_text: "StrPromise", most: int = MOST_CHARACTERS) -> TextField:
    """Return a field for what one may say besides, of at most so many characters."""
    return TextField(
        label=_("In your words"),
        required=False,
        max_length=most,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=help_text,
    )


class ReportForm(StaleFormMixin):
    """Report something to the moderators."""

    reason = forms.ChoiceField(
        label=_("What is wrong?"),
        choices=Reason.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what is wrong."), "invalid_choice": _("Choose one.")},
    )
    text = _own_words(_("Only moderators read this."), MOST_IN_A_REPORT)


class ActionForm(StaleFormMixin):
    """What a moderator does, and why. `verbs` are those offered."""

    verb = forms.ChoiceField(
        label=_("What to do"),
        choices=Verb.choices,
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose what to do."),
            "invalid_choice": _("That cannot be done here now."),
        },
    )
    reason = forms.ChoiceField(
        label=_("Why"),
        choices=[("", _("Choose a reason")), *Reason.choices],
        error_messages={"required": _("Choose a reason: the person reads it.")},
    )
    text = _own_words(_("The person reads this. It is kept with your name, for moderators."))
    term = forms.ChoiceField(
        label=_("For how long"), choices=TERMS, required=False, help_text=_("Of a suspension.")
    )
    until = forms.DateField(
        label=_("Until this date"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"invalid": _("Give a date such as 2030-12-31.")},
    )
    passage = TextField(
        label=_("Cut this passage out, wherever it stands"),
        required=False,
        strip=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Of redacting. Exactly as it stands in the text above."),
    )
    parts = forms.MultipleChoiceField(
        label=_("Cut out"),
        required=False,
        choices=list(PARTS.items()),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Of redacting. What is cut out is gone for good."),
    )

    def __init__(
        self, *args: Any, verbs: list[Verb], texts: list[str], parts: list[str], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.texts = texts
        self._choices("verb").choices = [(verb.value, verb.label) for verb in verbs]
        self._choices("parts").choices = [(part, PARTS[part]) for part in parts]
        if Verb.REDACT not in verbs:
            del self.fields["passage"], self.fields["parts"]
        if Verb.SUSPEND not in verbs:
            del self.fields["term"], self.fields["until"]

    def _choices(self, name: str) -> forms.ChoiceField:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        return field

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        verb = self.cleaned_data.get("verb")
        if verb == Verb.REDACT:
            self._check_redaction()
        if verb == Verb.SUSPEND and "until" not in self.errors:
            self._check_term()
        return cleaned

    def _check_redaction(self) -> None:
        passage, parts = self.cleaned_data.get("passage"), self.cleaned_data.get("parts")
        if not passage and not parts:
            self.add_error("parts", _("Say what to cut out: a passage, or a part."))
        elif passage and not any(passage in text for text in self.texts):
            self.add_error("passage", _("This passage stands nowhere in the text or its history."))

    def _check_term(self) -> None:
        until = self.suspended_until
        if until is None:
            self.add_error("until", _("Say until when, in the future."))
        elif until > timezone.now() + LONGEST_SUSPENSION:
            self.add_error("until", _("At most a year. Ban them instead."))

    @property
    def suspended_until(self) -> datetime | None:
        """When the suspension ends; None when no time in the future is given."""
        term = self.cleaned_data.get("term") or ""
        days = parse_id(term)
        if days is not None:
            return timezone.now() + timedelta(days=days)
        date = self.cleaned_data.get("until")
        if date is None:
            return None
        until = timezone.make_aware(datetime.combine(date, time.min))
        return until if until > timezone.now() else None

    @property
    def redaction(self) -> Redaction:
        """What to cut out. A whole text that is named makes its part of the passage needless."""
        parts = frozenset(self.cleaned_data.get("parts") or ())
        return Redaction(self.cleaned_data.get("passage") or "", parts)


class PurgeForm(StaleFormMixin):
    """Remove everything of a person: why."""

    reason = forms.ChoiceField(
        label=_("Why"),
        choices=Reason.choices,
        initial=Reason.SPAM,
        error_messages={"required": _("Choose a reason: the person reads it.")},
    )
    text = _own_words(_("The person reads this. It is kept with your name, for moderators."))


class AppealForm(StaleFormMixin):
    """Appeal against what a moderator did."""

    text = TextField(
        label=_("Why should it be taken back?"),
        max_length=MOST_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"required": _("Say why, in a sentence or two.")},
        help_text=_("You can appeal once. Another moderator reads it, where there is one."),
    )


class AnswerForm(StaleFormMixin):
    """Answer an appeal."""

    decision = forms.ChoiceField(
        label=_("Your decision"),
        choices=[("uphold", _("It stays as it is")), ("take_back", _("Take it back"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one of the two.")},
    )
    text = _own_words(_("The person reads this."))
