// Whether this is a sanitizer's build, in which code takes many times as long and address space has
// no limit.
#pragma once

namespace rhumb::test {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kSanitized = true;
#elif !defined(__has_feature)
inline constexpr bool kSanitized = false;
#elif __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

// Why a test of a limit is skipped here; scripts/test runs it in the release build.
inline constexpr char kOnlyInRelease[] = "a million lines would take a sanitizer a minute";

}  // namespace rhumb::test
