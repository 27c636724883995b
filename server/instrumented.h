// Whether this is a build whose code is watched by a sanitizer or counted by a profile, which makes
// calls of its own: it reads /proc, traces itself at its end, writes what it has counted.
#pragma once

namespace rhumb {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kIsSanitized = true;
#elif !defined(__has_feature)
inline constexpr bool kIsSanitized = false;
#elif __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
inline constexpr bool kIsSanitized = true;
#else
inline constexpr bool kIsSanitized = false;
#endif

#ifdef RHUMB_COUNTED
inline constexpr bool kIsCounted = true;
#else
inline constexpr bool kIsCounted = false;
#endif

inline constexpr bool kIsInstrumented = kIsSanitized || kIsCounted;

}  // namespace rhumb
