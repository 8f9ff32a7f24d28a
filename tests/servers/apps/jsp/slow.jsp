<%@ page session="false" %><% Thread.sleep(3000); %>slow
