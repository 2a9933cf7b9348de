# SPDX-License-Identifier: Apache-2.0
# switchyard_embed_contracts(OUTPUT): writes a C++ table of every artifact below contracts/ at configure time.
function(switchyard_embed_contracts output)
    file(GLOB artifacts CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/contracts/*/*.json")
    list(SORT artifacts)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${artifacts})
    set(methods "")
    set(rows "")
    set(number 0)
    foreach(artifact IN LISTS artifacts)
        file(READ "${artifact}" json)
        get_filename_component(folder "${artifact}" DIRECTORY)
        get_filename_component(folder "${folder}" NAME)
        string(JSON contract GET "${json}" contract)
        string(JSON creation GET "${json}" bytecode)
        string(JSON deployed GET "${json}" deployedBytecode)
        string(JSON count LENGTH "${json}" methods)
        string(APPEND methods "constexpr std::array<Method, ${count}> kMethods${number}{{\n")
        if(count GREATER 0)
            math(EXPR last "${count} - 1")
            foreach(i RANGE ${last})
                string(JSON signature MEMBER "${json}" methods ${i})
                string(JSON selector GET "${json}" methods "${signature}")
                string(APPEND methods "    {\"${signature}\", 0x${selector}},\n")
            endforeach()
        endif()
        string(APPEND methods "}};\n")
        string(APPEND rows "    {\"${folder}/${contract}\"sv,\n     \"${creation}\"sv,\n     \"${deployed}\"sv,\n     kMethods${number}},\n")
        math(EXPR number "${number} + 1")
    endforeach()
    file(CONFIGURE OUTPUT "${output}" @ONLY CONTENT "// SPDX-License-Identifier: Apache-2.0
// Generated at configure time from the artifacts below tools/workloads/contracts.
#include \"tools/workloads/contracts.hpp\"

#include <array>

namespace switchyard::workloads {
using namespace std::string_view_literals;

namespace {

${methods}
constexpr std::array<ContractArtifact, ${number}> kContracts{{
${rows}}};

}  // namespace

std::span<const ContractArtifact> contract_artifacts() {
    return kContracts;
}

}  // namespace switchyard::workloads
")
endfunction()
