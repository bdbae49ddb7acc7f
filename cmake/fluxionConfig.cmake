# find_package(fluxion 0.1 REQUIRED)
# target_link_libraries(program fluxion::fluxion)
#
# Everything is found from where this file stands, <prefix>/<libdir>/cmake/fluxion: an installed
# tree may be moved. libdir is one or two folders deep (lib, lib/x86_64-linux-gnu).
include(CMakeFindDependencyMacro)
find_dependency(Threads)

get_filename_component(fluxion_LIBDIR "${CMAKE_CURRENT_LIST_DIR}/../.." ABSOLUTE)
find_library(fluxion_LIBRARY fluxion PATHS "${fluxion_LIBDIR}" NO_DEFAULT_PATH)
find_path(fluxion_INCLUDE_DIR fluxion/base.h NO_DEFAULT_PATH
  PATHS "${fluxion_LIBDIR}/../include" "${fluxion_LIBDIR}/../../include")

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(fluxion
  REQUIRED_VARS fluxion_LIBRARY fluxion_INCLUDE_DIR VERSION_VAR fluxion_VERSION)

if(fluxion_FOUND AND NOT TARGET fluxion::fluxion)
  add_library(fluxion::fluxion UNKNOWN IMPORTED)
  set_target_properties(fluxion::fluxion PROPERTIES
    IMPORTED_LOCATION "${fluxion_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${fluxion_INCLUDE_DIR}"
    INTERFACE_LINK_LIBRARIES "Threads::Threads;m")
endif()
mark_as_advanced(fluxion_INCLUDE_DIR fluxion_LIBRARY)
