# SPDX-License-Identifier: Apache-2.0
# Every option of the build, in one place. AUTO uses what is found and says what was skipped; ON fails without it.

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
    set(CMAKE_BUILD_TYPE Release CACHE STRING "Debug, Release, RelWithDebInfo or MinSizeRel" FORCE)
endif()

function(switchyard_tristate name help)
    set(${name} AUTO CACHE STRING "${help} (AUTO, ON or OFF)")
    set_property(CACHE ${name} PROPERTY STRINGS AUTO ON OFF)
    if(NOT "${${name}}" MATCHES "^(AUTO|ON|OFF)$")
        message(FATAL_ERROR "${name} is '${${name}}'; it takes AUTO, ON or OFF")
    endif()
endfunction()

switchyard_tristate(SWITCHYARD_WITH_DPDK "The data plane and the commands that need a port")
switchyard_tristate(SWITCHYARD_WITH_XRT "The detector's card and emulation backends")
switchyard_tristate(SWITCHYARD_WITH_FIRMWARE "The management controller's firmware image (RISC-V cross-compiler)")
switchyard_tristate(SWITCHYARD_WITH_TESTS "Tests (GoogleTest)")
option(SWITCHYARD_WERROR "Treat warnings as errors" OFF)
set(SWITCHYARD_SANITIZE "" CACHE STRING "Sanitizers for everything, such as address,undefined or thread")

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

find_program(SWITCHYARD_CCACHE ccache)
if(SWITCHYARD_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    set(CMAKE_CXX_COMPILER_LAUNCHER "${SWITCHYARD_CCACHE}")
    set(CMAKE_C_COMPILER_LAUNCHER "${SWITCHYARD_CCACHE}")
endif()

if(SWITCHYARD_SANITIZE)
    add_compile_options(-fsanitize=${SWITCHYARD_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
    add_link_options(-fsanitize=${SWITCHYARD_SANITIZE})
    add_compile_definitions(SWITCHYARD_SANITIZED)
endif()
