//! The fields of a policy.

use leptos::prelude::*;

use crate::backup::local_time::{Zone, moved, phases};
use crate::backup::policy::{Every, HOURS, Keep, MOST, Policy, Rule, Schedule};
use crate::browser::{clock, intl};
use crate::i18n::{t, tr, word};
use crate::model::{Arg, Message};
use crate::ui::button::Button;
use crate::ui::field::{CheckField, Choice, NumberField, SelectField, TextField};

/// What is in the fields; a policy once it makes sense.
#[derive(Clone, Copy)]
pub struct PolicyForm {
    counts: [RwSignal<Option<u32>>; 6],
    /// As the policy writes it: `day`, `6h`, `sun`, `month-last`; empty: by hand.
    every: RwSignal<String>,
    /// `HH:MM`.
    at: RwSignal<String>,
    paused: RwSignal<bool>,
    /// What `every` and `at` are in: `HERE` or `UTC`. What is stored is always UTC.
    zone: RwSignal<String>,
    /// The reader's own zone, for a year.
    here: StoredValue<Zone>,
}

const HERE: &str = "here";
const UTC: &str = "utc";
const YEAR: i64 = 366 * 86_400;

/// Where to begin: the name of its sentence, and the counts in the order of the rules.
const PRESETS: [(&str, [u32; 6]); 4] = [
    ("policy_dialog.preset.few", [3, 0, 0, 0, 0, 0]),
    ("policy_dialog.preset.week", [0, 0, 7, 0, 0, 0]),
    ("policy_dialog.preset.month", [0, 0, 7, 4, 0, 0]),
    ("policy_dialog.preset.long", [3, 0, 7, 4, 6, 0]),
];

impl PolicyForm {
    /// Without a policy: the most usual one, so that one click protects.
    pub fn new(policy: Option<&Policy>) -> Self {
        let usual = Keep { daily: 7, weekly: 4, ..Keep::default() };
        let keep = policy.map_or(usual, |policy| policy.keep);
        let schedule = match policy {
            Some(policy) => policy.schedule,
            None => Some(Schedule { every: Every::Day, at: 180, paused: false }),
        };
        let now = clock::now();
        let here = Zone::between(now, now.plus(YEAR), clock::utc_offset_minutes);
        // A new one is at three where the reader is; a stored one is shown there, if it has a day there.
        let offset = here.offset(now);
        let local = match (schedule, policy) {
            _ if here.is_utc() => None,
            (schedule, None) => schedule,
            (Some(schedule), Some(_)) => moved(&schedule, offset),
            (None, Some(_)) => Some(Schedule { every: Every::Day, at: 180, paused: false }),
        };
        let zone = if local.is_some() { HERE } else { UTC };
        let schedule = schedule.map(|stored| local.unwrap_or(stored));
        Self {
            counts: Rule::ALL.map(|rule| RwSignal::new(Some(keep.of(rule)))),
            every: RwSignal::new(schedule.map(|it| it.every.to_string()).unwrap_or_default()),
            at: RwSignal::new(schedule.map_or_else(|| "03:00".to_owned(), |it| clock_text(it.at))),
            paused: RwSignal::new(schedule.is_some_and(|it| it.paused)),
            zone: RwSignal::new(zone.to_owned()),
            here: StoredValue::new(here),
        }
    }

    fn text(self) -> Option<String> {
        let mut words: Vec<String> = Vec::new();
        for (rule, count) in Rule::ALL.iter().zip(self.counts) {
            let count = count.get()?;
            if count > 0 {
                words.push(format!("{}={count}", rule.word()));
            }
        }
        let mut text = words.join(" ");
        let every = self.every.get();
        if !every.is_empty() {
            let paused = if self.paused.get() { " paused" } else { "" };
            text = format!("{text}; every={every} at={}Z{paused}", self.at.get().trim());
        }
        Some(text)
    }

    /// Minutes that a zone is ahead of UTC now: what is typed is converted by the clock on the wall.
    fn ahead(self, zone: &str) -> i32 {
        if zone == HERE { self.here.with_value(|here| here.offset(clock::now())) } else { 0 }
    }

    /// When, in the words of the present zone. Tracked.
    fn typed(self) -> Option<Schedule> {
        Policy::parse(&self.text()?).ok()?.schedule
    }

    /// As it is to be stored. Tracked. `None` while a field is wrong.
    pub fn policy(self) -> Option<Policy> {
        let typed = Policy::parse(&self.text()?).ok()?;
        let ahead = self.zone.with(|zone| self.ahead(zone));
        match typed.schedule {
            Some(schedule) => Some(Policy { schedule: Some(moved(&schedule, -ahead)?), ..typed }),
            None => Some(typed),
        }
    }

    /// What is wrong with the fields together. Tracked.
    pub fn wrong(self) -> Option<Message> {
        match self.text() {
            None => Some(Message::new("policy_dialog.count_bad")),
            Some(text) => match Policy::parse(&text) {
                Err(why) => Some(why.message()),
                Ok(_) => self.policy().is_none().then(|| Message::new("policy_dialog.no_such_day")),
            },
        }
    }
}

pub fn fields(form: PolicyForm) -> AnyView {
    let presets = PRESETS.map(|(key, counts)| {
        let choose = move |()| form.counts.iter().zip(counts).for_each(|(field, count)| field.set(Some(count)));
        view! { <Button small=true on_press=choose>{t(key)}</Button> }
    });
    let numbers = Rule::ALL.iter().zip(form.counts).map(|(rule, value)| {
        let label = t(&format!("policy_dialog.rule.{}", rule.word()));
        view! { <NumberField label=label value=value max=MOST /> }
    });
    let nothing = move || {
        let all: Option<Vec<u32>> = form.counts.iter().map(|count| count.get()).collect();
        all.is_some_and(|all| all.iter().all(|count| *count == 0))
            .then(|| view! { <p class="c-error" role="alert">{t("policy.error.no_rule")}</p> })
    };
    view! {
        <fieldset class="c-policy">
            <legend class="c-label">{t("policy_dialog.keep")}</legend>
            <div class="c-actions" role="group" aria-label=t("policy_dialog.presets")>{presets.into_iter().collect_view()}</div>
            <div class="c-policy-rules">{numbers.collect_view()}</div>
            {nothing}
        </fieldset>
        {when(form)}
    }
    .into_any()
}

fn when(form: PolicyForm) -> AnyView {
    let bad_at = Memo::new(move |_| parse_clock(&form.at.get()).is_none().then(|| t("policy_dialog.at_bad")));
    let scheduled = Memo::new(move |_| form.every.with(|every| !every.is_empty()));
    let often = Memo::new(move |_| form.every.with(|every| choices(every)));
    let local = form.here.with_value(|here| !here.is_utc());
    Effect::new(move |before: Option<String>| {
        let now = form.zone.get();
        if let Some(before) = before.filter(|before| *before != now) {
            untrack(|| translate(form, &before, &now));
        }
        now
    });
    let at_label = if local { "policy_dialog.time" } else { "policy_dialog.at" };
    let zones = Signal::derive(move || zones(form));
    view! {
        <div class="c-fields c-fields-line">
            <SelectField
                label=t("policy_dialog.when")
                value=form.every
                choices=often
            />
            {move || {
                scheduled.get().then(|| view! { <TextField label=t(at_label) value=form.at error=bad_at mono=true /> })
            }}
            {move || {
                (local && scheduled.get())
                    .then(|| view! { <SelectField label=t("policy_dialog.zone") value=form.zone choices=zones /> })
            }}
        </div>
        {move || scheduled.get().then(|| view! { <p class="c-hint" aria-live="polite">{clocks(form)}</p> })}
        {move || {
            scheduled.get().then(|| view! { <CheckField label=t("policy_dialog.paused") value=form.paused hint=t("policy_dialog.paused_hint") /> })
        }}
    }
    .into_any()
}

/// How often, and by hand. `present` is kept even if it is none of the usual ones.
fn choices(present: &str) -> Vec<Choice> {
    let mut all = vec![Choice::new("", t("policy_dialog.by_hand"))];
    let hours = HOURS.iter().rev().map(|hours| {
        Choice::new(format!("{hours}h"), tr(&Message::new("policy_dialog.each.hours").count("hours", (*hours).into())))
    });
    all.push(Choice::new("day", t("policy_dialog.each.day")));
    all.extend(hours);
    for day in ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] {
        all.push(Choice::new(day, tr(&Message::new("policy_dialog.each.week").text("day", word("weekday", day)))));
    }
    for day in [1u64, 15] {
        all.push(Choice::new(format!("month-{day}"), tr(&Message::new("policy_dialog.each.month").count("day", day))));
    }
    all.push(Choice::new("month-last", t("policy_dialog.each.month_last")));
    if !all.iter().any(|choice| choice.value == present) {
        let day = present.strip_prefix("month-").and_then(|day| day.parse().ok()).unwrap_or(1);
        all.push(Choice::new(present, tr(&Message::new("policy_dialog.each.month").count("day", day))));
    }
    all
}

/// The reader's own zone, by its name, and UTC. What the present choice cannot be in, such as the 29th, is not offered.
fn zones(form: PolicyForm) -> Vec<Choice> {
    let name = Some(intl::time_zone()).filter(|name| !name.is_empty()).unwrap_or_else(|| t("policy_dialog.my_zone"));
    let blocked = |zone: &str| {
        let (present, typed) = (form.zone.get(), form.typed()?);
        let there = moved(&typed, form.ahead(zone) - form.ahead(&present));
        there.is_none().then(|| t("policy_dialog.no_such_day"))
    };
    vec![
        Choice::new(HERE, name).disabled_reason(blocked(HERE)),
        Choice::new(UTC, t("policy_dialog.utc")).disabled_reason(blocked(UTC)),
    ]
}

/// The same slots in the other zone's words.
fn translate(form: PolicyForm, before: &str, now: &str) {
    let there = form.typed().and_then(|typed| moved(&typed, form.ahead(now) - form.ahead(before)));
    if let Some(there) = there {
        form.every.set(there.every.to_string());
        form.at.set(clock_text(there.at));
    }
}

/// What is stored and runs, and what the reader's clock shows then, now and after the clocks change.
fn clocks(form: PolicyForm) -> impl Fn() -> Option<String> {
    move || {
        let schedule = form.policy()?.schedule?;
        let stored =
            tr(&Message::new("policy_dialog.stored").with("when", Arg::Sentence(Box::new(schedule.message()))));
        if form.here.with_value(Zone::is_utc) {
            return Some(stored);
        }
        let phases = form.here.with_value(|here| phases(&schedule, here, clock::now()));
        let several = phases.len() > 1;
        let words = phases.into_iter().enumerate().map(|(number, phase)| {
            let message = match number {
                0 if several => Message::new("policy_dialog.zone_now").text("zone", intl::time_zone()),
                0 => Message::new("policy_dialog.zone_always").text("zone", intl::time_zone()),
                _ => Message::new("policy_dialog.zone_from").text("from", intl::day(phase.from.0)),
            };
            tr(&message.with("when", Arg::Sentence(Box::new(phase.message(&schedule)))))
        });
        let words: Vec<String> = words.collect();
        Some(format!("{stored} {}.", words.join(", ")))
    }
}

/// Minutes after midnight.
fn parse_clock(text: &str) -> Option<u16> {
    let (hours, minutes) = text.trim().split_once(':')?;
    let two = |text: &str, most: u16| {
        (text.len() == 2).then(|| text.parse::<u16>().ok()).flatten().filter(|number| *number <= most)
    };
    Some(two(hours, 23)? * 60 + two(minutes, 59)?)
}

fn clock_text(minutes: u16) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_of_the_day_is_two_and_two_digits() {
        assert_eq!(parse_clock(" 03:05 "), Some(185));
        for bad in ["3:05", "24:00", "03:60", "0305", "", "aa:bb", "-1:00"] {
            assert_eq!(parse_clock(bad), None, "{bad}");
        }
        assert_eq!(clock_text(185), "03:05");
    }
}
