<%@ page session="false" %><% Thread.sleep(50); %>brief
