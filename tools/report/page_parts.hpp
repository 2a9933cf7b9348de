// SPDX-License-Identifier: Apache-2.0
// The files below page/, as the build embeds them.
#pragma once

#include <string_view>

namespace switchyard::report {

extern const std::string_view kFrameHtml;
extern const std::string_view kStyleCss;
extern const std::string_view kCommonJs;
extern const std::string_view kRunHtml;
extern const std::string_view kRunJs;
extern const std::string_view kSimulationHtml;
extern const std::string_view kSimulationJs;

}  // namespace switchyard::report
