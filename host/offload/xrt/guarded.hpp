// SPDX-License-Identifier: Apache-2.0
// Where XRT's exceptions end. Only for the sources of this folder.
#pragma once

#include <exception>
#include <string>

#include "host/core/result.hpp"

namespace switchyard::offload {

/// Runs `body`, which calls XRT, and turns what it throws into an error of `code`.
template <typename Body>
auto guarded(ErrorCode code, const char* what, Body&& body) -> decltype(body()) {
    try {
        return body();
    } catch (const std::exception& thrown) {
        return Error{code, std::string("XRT: ") + what + ": " + thrown.what()};
    } catch (...) {
        return Error{code, std::string("XRT: ") + what + ": unknown exception"};
    }
}

}  // namespace switchyard::offload
