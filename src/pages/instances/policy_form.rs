//! The fields of a policy.

use leptos::prelude::*;

use crate::backup::policy::{Every, HOURS, Keep, MOST, Policy, Rule, Schedule};
use crate::browser::{clock, intl};
use crate::i18n::{t, tr, word};
use crate::model::{Message, Moment};
use crate::ui::button::Button;
use crate::ui::field::{CheckField, Choice, NumberField, SelectField, TextField};

/// What is in the fields; a policy once it makes sense.
#[derive(Clone, Copy)]
pub struct PolicyForm {
    counts: [RwSignal<Option<u32>>; 6],
    /// As the policy writes it: `day`, `6h`, `sun`, `month-last`; empty: by hand.
    every: RwSignal<String>,
    /// `HH:MM`, UTC.
    at: RwSignal<String>,
    paused: RwSignal<bool>,
}

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
        Self {
            counts: Rule::ALL.map(|rule| RwSignal::new(Some(keep.of(rule)))),
            every: RwSignal::new(schedule.map(|it| it.every.to_string()).unwrap_or_default()),
            at: RwSignal::new(schedule.map_or_else(|| "03:00".to_owned(), |it| clock_text(it.at))),
            paused: RwSignal::new(schedule.is_some_and(|it| it.paused)),
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

    /// Tracked. `None` while a field is wrong.
    pub fn policy(self) -> Option<Policy> {
        Policy::parse(&self.text()?).ok()
    }

    /// What is wrong with the fields together. Tracked.
    pub fn wrong(self) -> Option<Message> {
        match self.text() {
            None => Some(Message::new("policy_dialog.count_bad")),
            Some(text) => Policy::parse(&text).err().map(|why| why.message()),
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
    view! {
        <div class="c-fields c-fields-row">
            <SelectField
                label=t("policy_dialog.when")
                value=form.every
                choices=Signal::stored(choices(&form.every.get_untracked()))
            />
            {move || {
                scheduled.get().then(|| view! { <TextField label=t("policy_dialog.at") value=form.at error=bad_at mono=true /> })
            }}
        </div>
        {move || scheduled.get().then(|| view! { <p class="c-hint" aria-live="polite">{local_time(form)}</p> })}
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

/// What that hour is where the reader is, now and after the clocks change: schedules run in UTC.
fn local_time(form: PolicyForm) -> impl Fn() -> Option<String> {
    move || {
        let at = parse_clock(&form.at.get())?;
        let now = clock::now();
        let today = Moment(now.0.div_euclid(86_400) * 86_400 + i64::from(at) * 60);
        let shown = |at: Moment| intl::time(at.0);
        let here = clock::utc_offset_minutes(today);
        // Half a year on, wherever there is summer time, it is the other time.
        let later = today.plus(182 * 86_400);
        let message = if clock::utc_offset_minutes(later) == here {
            Message::new("policy_dialog.local").text("time", shown(today))
        } else {
            Message::new("policy_dialog.local_dst").text("time", shown(today)).text("other", shown(later))
        };
        Some(tr(&message))
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
