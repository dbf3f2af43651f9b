//! The command as a user meets it: real processes, their output and their exit codes.

mod death;
mod demo;
mod help;
mod manage;
mod pipe;
mod refused;
mod tool;
