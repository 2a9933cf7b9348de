// SPDX-License-Identifier: Apache-2.0
#include "host/offload/xrt/image_check.hpp"

#include <algorithm>
#include <array>

#include "firmware/abi/conflict_detector.h"
#include "host/offload/xrt/emulation_xclbin.hpp"

namespace switchyard::offload {

Result<void> check_kernel(const xrt::xclbin& image) {
    for (const auto& kernel : image.get_kernels()) {
        if (kernel.get_name() != kKernelName) continue;
        const std::array<uint64_t, 4> expected{abi::kRegisterInput, abi::kRegisterOutput,
                                               abi::kRegisterInputWords, abi::kRegisterOutputWords};
        const auto arguments = kernel.get_args();
        if (!std::ranges::equal(arguments, expected, {},
                                [](const auto& argument) { return argument.get_offset(); }))
            return Error{ErrorCode::InvalidInput,
                         "the image's kernel has another register map than this build expects"};
        return {};
    }
    return Error{ErrorCode::InvalidInput,
                 "the image holds no kernel called " + std::string(kKernelName)};
}

Result<void> check_image(const xrt::xclbin& image, const std::string& path) {
    if (image.get_xsa_name() == kEmulationPlatform)
        return Error{ErrorCode::InvalidInput, path + " is an image for emulation"};
    return check_kernel(image);
}

}  // namespace switchyard::offload
