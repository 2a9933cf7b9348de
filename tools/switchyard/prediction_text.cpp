// SPDX-License-Identifier: Apache-2.0
#include "tools/switchyard/prediction_text.hpp"

#include <fmt/format.h>

#include "tools/switchyard/output.hpp"

namespace switchyard::tool {

std::string percent(double share) {
    return fmt::format("{:.2f}%", 100 * share);
}

std::string describe(const PredictionStatistics& p) {
    return fmt::format(
        "prediction: {} of {} transactions by template; slots: recall {}, precision {}; accounts: "
        "recall {}, precision {} (of {} transactions)",
        with_commas(p.templated), with_commas(p.transactions), percent(p.slots.recall()),
        percent(p.slots.precision()), percent(p.accounts.recall()), percent(p.accounts.precision()),
        with_commas(p.compared));
}

nlohmann::json prediction_json(const PredictionStatistics& p) {
    return {{"transactions", p.transactions},
            {"templated", p.templated},
            {"observed", p.observed},
            {"compared", p.compared},
            {"slots_accessed", p.slots.accessed},
            {"slots_predicted", p.slots.predicted},
            {"slot_recall", p.slots.recall()},
            {"slot_precision", p.slots.precision()},
            {"accounts_accessed", p.accounts.accessed},
            {"accounts_predicted", p.accounts.predicted},
            {"account_recall", p.accounts.recall()},
            {"account_precision", p.accounts.precision()}};
}

}  // namespace switchyard::tool
