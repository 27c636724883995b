// Carries the precompiled GoogleTest headers.
