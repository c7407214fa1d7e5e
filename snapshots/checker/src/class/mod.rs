//! A class: who is in it, what each one's server does, and what is made of it.

mod artefacts;
mod entered;
mod gradebook;
mod handed_in;
mod ids;
mod overrides;
mod publish;
mod roster;
mod run;
mod score;
mod sheet;
mod terms;
mod ungraded;

pub use artefacts::{PACKAGE as SHELF, Shelf};
pub use entered::{Entered, Field, canvas, moodle, worksheet};
pub use gradebook::{Gradebook, short};
pub use ids::{FILE as IDS, Ids};
pub use overrides::{FILE as OVERRIDES, Known, Override, Overrides};
pub use publish::{file_name, publish};
pub use roster::{Submission, Target, roster, shard};
pub use run::{Class, Graded, Plan, grade, results, same_source};
pub use score::{Mistake, Weights, lessons, mistakes, score, total, weights};
pub use terms::{Terms, alone, fits};
pub use ungraded::{Ungraded, keep as keep_ungraded, ungraded};
