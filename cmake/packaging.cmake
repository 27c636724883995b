# The Debian package, by `cpack` in a build folder: what stands where, and what it says of itself. scripts/package
# does all of it. Nothing here is part of a build or of a plain `cmake --install`.

set(RHUMB_PACKAGE_CONTACT "rhumb maintainers <rhumb@example.org>" CACHE STRING "who answers for the package")

# Man pages and the changelog, compressed as Debian wants them.
set(package_files ${CMAKE_BINARY_DIR}/package)
add_custom_target(package_files
  COMMAND ${PROJECT_SOURCE_DIR}/deploy/man/make ${package_files} ${PROJECT_VERSION}
  COMMAND gzip -9nc ${PROJECT_SOURCE_DIR}/deploy/debian/changelog > ${package_files}/changelog.Debian.gz
  VERBATIM)

# rhumb_package(DESTINATION FOLDER FILES|PROGRAMS|DIRECTORY ...)
function(rhumb_package)
  install(${ARGN} COMPONENT debian EXCLUDE_FROM_ALL)
endfunction()

set(deploy ${PROJECT_SOURCE_DIR}/deploy)
set(share share/doc/rhumb)
rhumb_package(TARGETS rhumb RUNTIME DESTINATION bin)
rhumb_package(FILES ${deploy}/systemd/rhumb.service DESTINATION /lib/systemd/system)
rhumb_package(PROGRAMS ${deploy}/systemd/rhumb-reload DESTINATION lib/rhumb)
rhumb_package(FILES ${deploy}/etc/rhumb.yaml DESTINATION /etc/rhumb)
rhumb_package(FILES ${deploy}/etc/zones/tour.test.yaml DESTINATION /etc/rhumb/zones)
rhumb_package(FILES ${package_files}/rhumb.1.gz DESTINATION share/man/man1)
rhumb_package(FILES ${package_files}/rhumb.yaml.5.gz ${package_files}/rhumb-zone.5.gz DESTINATION share/man/man5)
rhumb_package(FILES ${package_files}/changelog.Debian.gz ${deploy}/debian/copyright README.md DESTINATION ${share})
rhumb_package(DIRECTORY docs DESTINATION ${share})
rhumb_package(DIRECTORY examples DESTINATION ${share})
rhumb_package(FILES ${deploy}/systemd/rhumb.socket DESTINATION ${share}/examples)

set(CPACK_GENERATOR DEB)
set(CPACK_SET_DESTDIR ON)  # or what is in /etc and /lib would be put into this machine's
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_INSTALL_CMAKE_PROJECTS "${CMAKE_BINARY_DIR};rhumb;debian;/")
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGE_NAME rhumb)
set(CPACK_PACKAGE_CONTACT ${RHUMB_PACKAGE_CONTACT})
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS adduser)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS ca-certificates)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${deploy}/debian/conffiles ${deploy}/debian/postinst
                                       ${deploy}/debian/prerm ${deploy}/debian/postrm)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "authoritative DNS server that answers by health and place")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
"rhumb probes your sites, and answers only with those that are alive: one
after another (failover), by priority, by weight, or the nearest to the user
first. It reads YAML zones in which the routing fields are named as in
Route 53, and plain RFC 1035 master files, and answers from memory.")
include(CPack)
