//! The place of ringway's macos adapter. It is empty until that adapter is written;
//! the facade refuses to build for this system and says so.
