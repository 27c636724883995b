#include "dns/reader.h"

#include "dns/folded_name.h"

namespace rhumb {

void Reader::skip_labels() noexcept {
  const std::size_t start = at_;
  while (at_ - start < static_cast<std::size_t>(kMaxNameSize)) {
    const std::size_t size = u8();
    if (size == 0) return;  // the root; or the message's end, and then ok() is false
    if (size >= 0xC0) {     // RFC 1035 §4.1.4: a pointer ends the name
      u8();
      return;
    }
    if (size > static_cast<std::size_t>(kMaxLabelSize)) break;  // 01 and 10: reserved
    bytes(size);
  }
  fail();
}

}  // namespace rhumb
