//! What a backup will make and delete, drawn on the reel and said in words, before the click.

use leptos::prelude::*;

use super::reels;
use crate::backup::retention::{Decision, Hold, Standing};
use crate::backup::rotation::{Fate, RotationPlan};
use crate::backup::run::{self, RunPlan};
use crate::backup::{policy, reel};
use crate::i18n::{t, tr};
use crate::model::Message;
use crate::pages::show::named;
use crate::state::polling::use_now;
use crate::ui::reel::Reel;
use crate::ui::spinner::Spinner;

/// Who makes room for the new backup, and how.
#[derive(Clone, Debug, PartialEq)]
pub enum Planned {
    /// Nova, by a backup type and a rotation.
    Nova(RotationPlan),
    /// Carrete, after the new one is proven usable.
    Own(RunPlan),
}

/// Name and reason.
type Line = (String, Message);

impl Planned {
    fn slots(&self) -> usize {
        match self {
            Self::Nova(plan) => plan.rotation as usize,
            Self::Own(plan) => plan.release.keep.sum() as usize,
        }
    }

    fn by_policy(&self) -> bool {
        matches!(self, Self::Own(plan) if plan.release.backup_type == policy::BACKUP_TYPE)
    }

    /// Those that no policy ever removes: by hand, or in another rotation.
    fn apart(&self) -> usize {
        match self {
            Self::Own(plan) if self.by_policy() => {
                plan.decisions.iter().filter(|it| it.item.standing == Standing::Held(Hold::Manual)).count()
            }
            _ => 0,
        }
    }

    fn strip(&self, name: &str, now: crate::model::Moment) -> reel::Reel {
        match self {
            Self::Nova(plan) => reel::of_plan(plan, name, now),
            Self::Own(plan) => reel::of_decisions(&plan.decisions, self.by_policy(), now),
        }
    }

    /// Name and reason of what goes, of what stays although its turn had come, and of all else that stays.
    fn words(&self) -> (Vec<Line>, Vec<Line>, Vec<Line>) {
        match self {
            Self::Nova(plan) => {
                let line = |frame: &crate::backup::Frame| (frame.name.clone(), frame.fate.reason().clone());
                let apart =
                    |frame: &&crate::backup::Frame| matches!(frame.fate, Fate::WouldFail { .. } | Fate::OnTop { .. });
                let stuck = plan.frames.iter().filter(apart);
                let kept = plan.frames.iter().filter(|frame| matches!(frame.fate, Fate::Kept { .. }));
                (plan.deleted().map(line).collect(), stuck.map(line).collect(), kept.map(line).collect())
            }
            Self::Own(plan) => {
                let stuck = plan.decisions.iter().filter(|it| is_remarkable(it));
                (plan.removed().map(line).collect(), stuck.map(line).collect(), kept(&plan.decisions, is_remarkable))
            }
        }
    }
}

/// What a reader would wonder about: it is in the set, and takes no place.
fn is_remarkable(decision: &Decision) -> bool {
    match &decision.item.standing {
        Standing::Usable => false,
        Standing::Held(hold) => !matches!(hold, Hold::Manual),
        Standing::Unfinished | Standing::Broken { .. } => true,
    }
}

fn line(decision: &Decision) -> Line {
    (decision.item.name.clone(), decision.message())
}

/// What is there and stays, and why; `but`: what is told elsewhere.
fn kept(decisions: &[Decision], but: fn(&Decision) -> bool) -> Vec<Line> {
    // The new one is no news.
    decisions.iter().filter(|it| it.stays() && it.item.image.is_some() && !but(it)).map(line).collect()
}

/// The reel as it will be, and in words what goes and what cannot go.
pub fn preview(plan: Memo<Option<Planned>>, name: RwSignal<String>) -> AnyView {
    let now = use_now();
    let minute = Memo::new(move |_| crate::model::Moment(now.get().0 / 60 * 60));
    let strip = Memo::new(move |_| {
        plan.with(|plan| plan.as_ref().map(|plan| reels::frames(&plan.strip(&name.get(), minute.get()))))
            .unwrap_or_default()
    });
    let slots = Signal::derive(move || plan.with(|plan| plan.as_ref().map_or(0, Planned::slots)).min(60));
    let words = move || {
        let plan = plan.get()?;
        let (gone, stuck, kept) = plan.words();
        let key = match &plan {
            _ if gone.is_empty() => "backup_dialog.goes_none",
            Planned::Nova(_) => "backup_dialog.goes_some",
            Planned::Own(_) => "backup_dialog.goes_own",
        };
        let apart = Some(plan.apart() as u64).filter(|count| *count > 0);
        let apart = apart.map(|count| tr(&Message::new("backup_dialog.apart").count("n", count)));
        let sentence = tr(&Message::new(key).count("n", gone.len() as u64));
        Some(
            view! {
                <p>{sentence}</p>
                {(!gone.is_empty()).then(|| view! { <ul class="c-list">{gone.iter().map(item).collect_view()}</ul> })}
                {apart.map(|apart| view! { <p class="c-muted">{apart}</p> })}
                {(!stuck.is_empty()).then(|| view! { <ul class="c-list c-muted">{stuck.iter().map(item).collect_view()}</ul> })}
                {staying(&kept)}
            }
            .into_any(),
        )
    };
    view! {
        <section class="c-plan">
            <h3>{t("backup_dialog.goes")}</h3>
            {move || {
                if plan.with(Option::is_some) {
                    view! { <Reel label=t("backup_dialog.goes") frames=strip slots=slots /> }.into_any()
                } else {
                    view! { <p><Spinner label=t("backup_dialog.loading") /></p> }.into_any()
                }
            }}
            {words}
        </section>
    }
    .into_any()
}

fn item((name, reason): &Line) -> AnyView {
    view! { <li><strong>{named(name)}</strong>" "<span class="c-muted">{tr(reason)}</span></li> }.into_any()
}

/// Few are read at once; many would bury what goes.
const FEW: usize = 3;

fn staying(kept: &[Line]) -> Option<AnyView> {
    if kept.is_empty() {
        return None;
    }
    let open = kept.len() <= FEW;
    let words = tr(&Message::new("backup_dialog.stays").count("n", kept.len() as u64));
    Some(
        view! {
            <details class="c-more" open=open>
                <summary>{words}</summary>
                <ul class="c-list c-muted">{kept.iter().map(item).collect_view()}</ul>
            </details>
        }
        .into_any(),
    )
}

/// What one more backup releases, in a sentence and by name, and what it leaves.
pub fn what_goes(decisions: &[Decision]) -> AnyView {
    let gone: Vec<Line> = decisions.iter().filter(|decision| decision.is_removed()).map(line).collect();
    view! {
        <p>{tr(&run::message(decisions))}</p>
        {(!gone.is_empty()).then(|| view! { <ul class="c-list">{gone.iter().map(item).collect_view()}</ul> })}
        {staying(&kept(decisions, |_| false))}
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backup::policy::Policy;
    use crate::backup::retention::Item;
    use crate::model::Moment;

    fn item(id: &str, day: i64, standing: Standing) -> Item {
        Item { image: Some(id.into()), standing, ..Item::incoming(id, Moment(day * 86_400)) }
    }

    #[test]
    fn says_of_each_that_stays_why() {
        let keep = Policy::parse("last=2").unwrap().keep;
        let items = vec![
            item("pinned", 1, Standing::Held(Hold::Pinned { why: "the first".into() })),
            item("old", 2, Standing::Usable),
            item("young", 3, Standing::Usable),
        ];
        let decisions = run::with_one_more(items, &keep, "new", Moment(4 * 86_400));
        let names = |lines: &[Line]| lines.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
        let all = kept(&decisions, |_| false);
        assert_eq!(names(&all), ["young", "pinned"], "the new one is no news");
        assert!(all.iter().all(|(_, why)| why.key.starts_with("retention.")), "{all:?}");
        assert_eq!(names(&kept(&decisions, is_remarkable)), ["young"], "told elsewhere");
    }
}
