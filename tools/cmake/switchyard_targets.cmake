# SPDX-License-Identifier: Apache-2.0
# One way to declare a library, a test and a program, so that warnings, include root and labels are the same everywhere.

function(switchyard_warnings target)
    target_compile_options(${target} PRIVATE -Wall -Wextra -Wconversion -Wshadow)
    if(SWITCHYARD_WERROR)
        target_compile_options(${target} PRIVATE -Werror)
    endif()
endfunction()

# switchyard_library(NAME SOURCES file... [DEPENDS target...])
# A static library `switchyard_NAME` with the alias `switchyard::NAME`. Include paths start at the repository's root.
function(switchyard_library name)
    cmake_parse_arguments(arg "" "" "SOURCES;DEPENDS" ${ARGN})
    add_library(switchyard_${name} STATIC ${arg_SOURCES})
    add_library(switchyard::${name} ALIAS switchyard_${name})
    target_include_directories(switchyard_${name} PUBLIC "${PROJECT_SOURCE_DIR}")
    target_link_libraries(switchyard_${name} PUBLIC ${arg_DEPENDS})
    switchyard_warnings(switchyard_${name})
endfunction()

# switchyard_interface(NAME [DEPENDS target...]): the same for a folder of headers only.
function(switchyard_interface name)
    cmake_parse_arguments(arg "" "" "DEPENDS" ${ARGN})
    add_library(switchyard_${name} INTERFACE)
    add_library(switchyard::${name} ALIAS switchyard_${name})
    target_include_directories(switchyard_${name} INTERFACE "${PROJECT_SOURCE_DIR}")
    target_link_libraries(switchyard_${name} INTERFACE ${arg_DEPENDS})
endfunction()

# switchyard_test(NAME LABEL label SOURCES file... [DEPENDS target...] [TIMEOUT seconds] [SERIAL])
# One GoogleTest binary `NAME_test` and one CTest entry of that name. LABEL: unit contract conformance integration fuzz slow.
function(switchyard_test name)
    cmake_parse_arguments(arg "SERIAL" "LABEL;TIMEOUT" "SOURCES;DEPENDS" ${ARGN})
    if(NOT arg_LABEL)
        message(FATAL_ERROR "switchyard_test(${name}) needs a LABEL")
    endif()
    if(NOT arg_TIMEOUT)
        set(arg_TIMEOUT 300)
    endif()
    add_executable(${name}_test ${arg_SOURCES})
    target_include_directories(${name}_test PRIVATE "${PROJECT_SOURCE_DIR}")
    target_link_libraries(${name}_test PRIVATE ${arg_DEPENDS} GTest::gmock GTest::gtest_main)
    switchyard_warnings(${name}_test)
    set_target_properties(${name}_test PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/tests")
    add_test(NAME ${name} COMMAND ${name}_test)
    # Exit code 77 is for a suite that lacks its data; CTest then reports it as skipped.
    set_tests_properties(${name} PROPERTIES LABELS ${arg_LABEL} TIMEOUT ${arg_TIMEOUT} SKIP_RETURN_CODE 77
        ENVIRONMENT "SWITCHYARD_SOURCE_DIR=${PROJECT_SOURCE_DIR};SWITCHYARD_BUILD_DIR=${CMAKE_BINARY_DIR}")
    if(arg_SERIAL)
        set_tests_properties(${name} PROPERTIES RUN_SERIAL ON)
    endif()
endfunction()
