// ANCHOR: tests
#[cfg(test)]
mod tests;
// ANCHOR_END: tests
