# Compiler settings, one place for every target.
option(HACTL_SANITIZE "Build with AddressSanitizer and UndefinedBehaviorSanitizer" OFF)
option(HACTL_COVERAGE "Build with coverage instrumentation" OFF)
option(HACTL_TESTS "Build the tests" ON)
option(HACTL_WERROR "Treat warnings as errors" ON)

if(NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "" FORCE)
endif()

add_compile_definitions(_GNU_SOURCE HACTL_VERSION="${PROJECT_VERSION}")
add_compile_options(-Wall -Wextra -Wformat=2 -Wshadow -Wstrict-prototypes -Wmissing-prototypes
    -Wpointer-arith -Wvla -Wno-unused-parameter -Wno-missing-field-initializers)
if(HACTL_WERROR)
    add_compile_options(-Werror)
endif()
if(HACTL_SANITIZE)
    add_compile_options(-fsanitize=address,undefined -fno-omit-frame-pointer -fno-sanitize-recover=undefined)
    add_link_options(-fsanitize=address,undefined)
endif()
if(HACTL_COVERAGE)
    add_compile_options(--coverage)
    add_link_options(--coverage)
endif()

# Headers are named from the tree's root: "agent/core/model/ha_view.h".
include_directories(${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR})
