#include "server/check_report.h"

#include "server/check_book.h"

namespace rhumb {

CheckReport report_of(const CheckBook& book, std::size_t first, std::size_t looks, Words words) {
  CheckReport report{book.zones(), first, {}};
  const std::size_t all = report.zones == nullptr ? 0 : report.zones->checks().size();
  std::size_t looked = 0;
  for (std::size_t i = first; i < all && looked < looks; ++i) {
    report.statuses.push_back(book.status(i, words));
    looked += book.cost_of_status(i, words);
  }
  return report;
}

}  // namespace rhumb
