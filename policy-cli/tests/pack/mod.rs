//! The pack of controls as its authors and users meet it: cases, coverage, mutants, packs, mappings, the catalogue.

mod catalogue;
mod packs;
mod testing;
