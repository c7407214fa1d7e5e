//! A class: who is in it, what each one's server does, and what is made of it.

mod publish;
mod roster;
mod run;
mod score;

pub use publish::{file_name, publish};
pub use roster::{Submission, Target, roster, shard};
pub use run::{Graded, Plan, grade, results};
pub use score::{Mistake, Weights, lessons, mistakes, score, total, weights};
