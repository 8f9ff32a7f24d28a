<%@ page session="false" %>quick
